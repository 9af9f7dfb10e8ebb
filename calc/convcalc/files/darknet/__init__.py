"""Networks from the configuration files of Darknet."""
