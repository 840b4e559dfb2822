"""The API for programs under `/api/v1`: every operation translates one service call or one query, and decides nothing.

A request goes through `gate.py`: key, limit, scope, permission, idempotency. `docs/explanation/api.md` is its promise.
"""
