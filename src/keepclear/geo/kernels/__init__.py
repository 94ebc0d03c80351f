"""Kernels over arrays, compiled: numbers in, numbers out, one thread, the interpreter let go meanwhile."""
