"""The explorer: GraphiQL with a panel for files and tabs of examples, served from here."""

from graph.serving.explorer.page import explorer_page, explorer_routes

__all__ = ["explorer_page", "explorer_routes"]
