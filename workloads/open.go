package workloads

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/unpack"
	"github.com/roofserve/roofserve/workloads/results"
)

//go:embed traces populations
var embedded embed.FS

// builtin is a trace that comes with roofserve; NOTICE says where it is from.
type builtin struct {
	path string
	rows int
}

func builtins() map[string]builtin {
	return map[string]builtin{
		"azure-2023-conv":       {"traces/azure_2023_conv.csv.gz", 19366},
		"mooncake-conversation": {"traces/mooncake_conversation.jsonl.gz", 12031},
	}
}

// populations are those that come with roofserve.
var populations = []string{"agent", "chat", "code", "rag", "reasoning", "summarise"}

// Builtin lists the names of the traces and populations that come with roofserve.
func Builtin() []string { return append(slices.Sorted(maps.Keys(builtins())), populations...) }

// Options say how to read a trace.
type Options struct {
	// Columns, where set, maps the columns of a CSV or JSONL file of no known format.
	Columns Columns
	// Vocabulary says how many tokens texts take that come without counts; nil for that of Llama 3.
	Vocabulary *Vocabulary
	// Seed and Requests are those of a population; 0: 1, and what its file says.
	Seed     uint64
	Requests int

	within int // populations that a trace is part of
}

// Open opens a trace: a built-in one by name, or else a file, relative to the folder baseDir. The format is
// recognised from the content, compressed by gzip or not. The source reads as it is asked, in constant
// memory.
func Open(name, baseDir string, options Options) (Source, error) {
	if trace, ok := builtins()[name]; ok {
		file, err := embedded.Open(trace.path)
		if err != nil {
			return nil, err
		}
		source, err := open(name, "", file, options)
		if err != nil {
			return nil, err
		}
		t := traitsOf(source)
		t.count = trace.rows
		return t.give(source.(core)), nil
	}
	if slices.Contains(populations, name) {
		file, err := embedded.Open("populations/" + name + ".toml")
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return openPopulation(name, baseDir, file, options)
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(baseDir, path)
	}
	if folder, begin, is := serveGenFolder(path); is {
		return openServeGen(name, folder, begin, options)
	}
	file, err := bounded.Open(path)
	if err != nil {
		return nil, cannotOpen(name, err)
	}
	return open(name, filepath.Dir(path), file, options)
}

func cannotOpen(name string, err error) error {
	f := &fault.Error{File: name, Wrong: "cannot be opened: " + err.Error(), Right: "give a CSV or JSONL file", Err: err}
	if errors.Is(err, fs.ErrNotExist) {
		f.Wrong = "no such trace"
		f.Right = `give the path of a file, or a built-in: "` + strings.Join(Builtin(), `", "`) + `"`
	}
	return f
}

// open reads a trace or a result from a file, compressed or not.
func open(name, folder string, file fs.File, options Options) (Source, error) {
	if from, is := file.(io.ReaderAt); is && isParquet(from) {
		return openParquet(name, file, options)
	}
	packed, err := unpack.File(file)
	if err != nil {
		file.Close()
		return nil, &fault.Error{File: name, Wrong: "cannot be read: " + oneLine(err), Right: "give a CSV or JSONL file", Err: err}
	}
	from, err := decompress(packed)
	if err != nil {
		file.Close()
		return nil, &fault.Error{File: name, Wrong: "cannot be read: " + err.Error(), Right: "give a CSV or JSONL file, as it is or packed by tar, gzip, zstd, bzip2 or zip", Err: err}
	}
	in := bufio.NewReaderSize(from, results.HeadBytes)
	begin, _ := in.Peek(results.HeadBytes)
	format := results.Recognise(begin)
	if format != nil && format.Loose && isNamed(begin) {
		format = nil
	}
	if format != nil && options.Columns == (Columns{}) {
		return newBenchmark(name, format, stacked{in, from})
	}
	if options.Columns == (Columns{}) && classTable.Match(begin) {
		defer from.Close()
		return openPopulation(name, folder, in, options)
	}
	if wrong := noTrace(name, begin, options.Columns); wrong != nil {
		if format, rest := results.Printed(in); format != nil {
			return newBenchmark(name, format, stacked{rest, from})
		}
		from.Close()
		return nil, wrong
	}
	t, err := newTrace(name, newRecords(in), from, options)
	if err != nil {
		return nil, err
	}
	return t.prefixed(), nil
}

// noTrace is what is wrong with a file whose first line, in a beginning that has all of it, is neither JSON
// nor begins any kind of table: it may be a log with something that is read further on. It is nil for others.
func noTrace(name string, begin []byte, columns Columns) error {
	line, _, whole := bytes.Cut(bytes.TrimLeft(begin, "\n\r\t "), []byte("\n"))
	if !whole || columns != (Columns{}) || bytes.HasPrefix(line, []byte("{")) || bytes.HasPrefix(line, []byte("[{")) {
		return nil
	}
	records := newRecords(bufio.NewReaderSize(bytes.NewReader(begin), results.HeadBytes))
	first, ok := records.next()
	for ok && len(first) == 0 {
		first, ok = records.next()
	}
	if !ok {
		return nil
	}
	_, _, err := recognise(name, records.line(), first, columns)
	return err
}

// isNamed tells whether a file's first record, as far as it stands in the beginning, is that of a trace which
// is known by name.
func isNamed(begin []byte) bool {
	first, ok := newRecords(bufio.NewReaderSize(bytes.NewReader(begin), results.HeadBytes)).next()
	if !ok {
		return false
	}
	h := newHead(first)
	return slices.ContainsFunc(formats(), func(f format) bool {
		return f.name != common.name && f.open(h) != nil
	})
}

// prefixed is the trace with the traits that its rows give it.
func (t *trace) prefixed() Source {
	if c, is := t.rows.(chunked); is && c.chunk() > 0 {
		return struct {
			*trace
			blockTokens
		}{t, blockTokens(c.chunk())}
	}
	return t
}

// isParquet tells whether a file begins as Parquet does.
func isParquet(file io.ReaderAt) bool {
	var magic [4]byte
	n, _ := file.ReadAt(magic[:], 0)
	return n == len(magic) && string(magic[:]) == "PAR1"
}

// openParquet reads a Parquet file.
func openParquet(name string, file fs.File, options Options) (Source, error) {
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, cannotOpen(name, err)
	}
	rows, err := newParquet(file.(io.ReaderAt), info.Size())
	if err != nil {
		file.Close()
		return nil, &fault.Error{File: name, Wrong: "cannot be read: " + oneLine(err), Right: "give a whole Parquet file", Err: err}
	}
	t, err := newTrace(name, rows, file, options)
	if err != nil {
		return nil, err
	}
	return t.prefixed(), nil
}

// decompress undoes gzip and Zstandard.
func decompress(file io.ReadCloser) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(file, 64<<10)
	if _, err := buffered.Peek(1); err != nil && err != io.EOF {
		return nil, err
	}
	if !unpack.Packed(buffered) {
		return stacked{buffered, file}, nil
	}
	unpacked, err := unpack.Reader(buffered)
	if err != nil {
		return nil, err
	}
	return newPrefetch(stacked{unpacked, closers{unpacked, file}}), nil
}

// closers closes one after the other.
type closers [2]io.Closer

func (c closers) Close() error { return errors.Join(c[0].Close(), c[1].Close()) }

// stacked reads from one thing and closes another below it.
type stacked struct {
	io.Reader
	io.Closer
}
