"""Email newsletters as typed plain files: written, checked, rendered, sent and accounted for."""
