"""What is missing at a provider's account, or not as it should be, and what to do about it.

Takes the settings of the workspace, asks the provider; returns lines for people. Never changes anything there
or here, and never shows a secret.
"""
