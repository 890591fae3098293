// Package parquet reads the rows of a Parquet file, one JSON object each, row by row. No memory is taken
// because a file says so: each number that sizes something is held against the bytes that are there, or
// against a limit that real files do not meet. It also writes tables: flat columns, plain values, zstd, which
// every reader knows. It knows the format (github.com/apache/parquet-format), and not what columns mean.
package parquet
