"""A report as a page of blocks, and the formats that draw any page."""
