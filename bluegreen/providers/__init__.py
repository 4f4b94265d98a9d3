"""Floating addresses of hosting providers: the doors that open sockets."""
