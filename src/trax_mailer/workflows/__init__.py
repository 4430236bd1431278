"""What people ask for, each as one function that composes the stages from top to bottom.

Takes a workspace and what the person said; returns frozen types that a face can print or draw. Never
prints, never asks, never reads the environment.
"""
