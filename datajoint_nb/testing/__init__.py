"""Suites that authors of codecs, stores and backends subclass."""
