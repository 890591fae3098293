package workloads

import (
	"bytes"
	"strings"
)

// foreign are files of other kinds that people hold, by what they begin with.
var foreign = []struct{ begins, is, right string }{
	{"ARROW1", "is a file of Apache Arrow (Feather)", "write it as Parquet, CSV or JSONL"},
	{"\xff\xff\xff\xff", "is a stream of Apache Arrow", "write it as Parquet, CSV or JSONL"},
	{"FEA1", "is a Feather file", "write it as Parquet, CSV or JSONL"},
	{"Obj\x01", "is an Avro file", "write it as Parquet, CSV or JSONL"},
	{"ORC", "is an ORC file", "write it as Parquet, CSV or JSONL"},
	{"SQLite format 3\x00", "is a data base of SQLite", "export the table of requests as CSV"},
	{"\x89HDF\r\n", "is an HDF5 file", "write it as Parquet, CSV or JSONL"},
	{"\x93NUMPY", "is an array of NumPy", "write it as CSV with the names of its columns"},
	{"\x80\x03", pickled, "write it as Parquet, CSV or JSONL"},
	{"\x80\x04", pickled, "write it as Parquet, CSV or JSONL"},
	{"\x80\x05", pickled, "write it as Parquet, CSV or JSONL"},
	{"%PDF-", "is a PDF document", "give a CSV or JSONL file"},
	{"GGUF", "is a model's weights", "give a CSV or JSONL file"},
	{"\xfd7zXZ\x00", "is compressed by xz", repack},
	{"\x04\x22\x4d\x18", "is compressed by LZ4", repack},
	{"7z\xbc\xaf\x27\x1c", "is a 7z archive", repack},
	{"Rar!\x1a\x07", "is a RAR archive", repack},
	{"version https://git-lfs.github.com/", "is a pointer to a file in Git LFS", "fetch the file itself: git lfs pull"},
	{"<!doctype html", "is a web page", "download the file itself"},
	{"<html", "is a web page", "download the file itself"},
	{"<?xml", "is XML", "give a CSV or JSONL file"},
}

const (
	pickled = "is a pickle of Python's"
	repack  = "unpack it, or compress it by gzip, zstd, bzip2 or zip"
)

// foreignKind is what is wrong with a file of another kind, by its first bytes; nil where it may be a trace.
func foreignKind(begin []byte) *mistake {
	begin = bytes.TrimLeft(begin, "\ufeff \t\r\n")
	for _, kind := range foreign {
		if n := len(kind.begins); len(begin) >= n && strings.EqualFold(string(begin[:n]), kind.begins) {
			return &mistake{"", kind.is, kind.right}
		}
	}
	return nil
}
