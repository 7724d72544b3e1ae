"""What looks inside a picture, in a bounded child: only picture.py and the rest of the engine know Django."""
