"""Scoring of predicted concepts and captions as ImageCLEFmedical Caption defines it. Pure: answers in, figures out."""
