"""A release turned into one HTML page that needs no server: figures, charts, galleries, drops and a search box."""
