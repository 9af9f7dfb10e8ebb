"""Model files of Ultralytics and YOLOv5, read as networks."""
