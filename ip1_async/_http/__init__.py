"""One call on the wire: limit, retries, timeout, errors."""
