"""What bench_filters.py measures: answers on sources not trained on, look-alikes, speed, and the worst errors."""
