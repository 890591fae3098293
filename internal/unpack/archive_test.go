package unpack_test

import (
	"bytes"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zip"
	"github.com/roofserve/roofserve/internal/unpack"
)

// archive is a ZIP archive of files with these names, each of which holds its name.
func archive(t *testing.T, names ...string) fs.File {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") { // a folder
			continue
		}
		if _, err := io.WriteString(f, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, packed.String())
}

func open(t *testing.T, content string) fs.File {
	t.Helper()
	f, err := fstest.MapFS{"f": {Data: []byte(content)}}.Open("f")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestArchivesAreReadForTheirOnlyFile(t *testing.T) {
	for _, c := range []struct {
		file  fs.File
		holds string
		wrong string
	}{
		{open(t, "a,b\n"), "a,b\n", ""},
		{archive(t, "data/", "__MACOSX/data/._x.csv", "data/x.csv"), "data/x.csv", ""},
		{archive(t, "x.csv", "y.csv"), "", `is an archive of several files, such as "x.csv" and "y.csv": unpack it and give one`},
		{archive(t, "[Content_Types].xml", "xl/workbook.xml"), "", "is a document of an office program, such as a spreadsheet: save it as CSV"},
		{archive(t, "data/"), "", "is an archive without a file"},
		{open(t, "PK\x03\x04 and no more"), "", "zip: not a valid zip file"},
	} {
		in, err := unpack.File(c.file)
		if err != nil || c.wrong != "" {
			if err == nil || err.Error() != c.wrong {
				t.Errorf("%v instead of %s", err, c.wrong)
			}
			continue
		}
		got, err := io.ReadAll(in)
		if err != nil || !strings.HasSuffix(string(got), c.holds) || in.Close() != nil {
			t.Errorf("%q, %v instead of %q", got, err, c.holds)
		}
	}
}
