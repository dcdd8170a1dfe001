"""Cuts the connections of a program under test, and measures how it reconnects."""

from .connection import NoAgentError, SockscopeError
from .sockscope import Outage, Sockscope

__all__ = ["NoAgentError", "Outage", "Sockscope", "SockscopeError"]
