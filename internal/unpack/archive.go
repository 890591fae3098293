package unpack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/zip"
)

// zipMagic is the first bytes of a ZIP archive that holds anything (APPNOTE.TXT, section 4.3.7).
const zipMagic = "PK\x03\x04"

// File is the only file of a ZIP archive, and any other file as it is.
func File(file fs.File) (io.ReadCloser, error) {
	at, is := file.(io.ReaderAt)
	if !is || !archived(at) {
		return file, nil
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	inside, err := only(at, info.Size())
	if err != nil {
		return nil, err
	}
	return both{inside, file}, nil
}

// both reads from a file in an archive, and closes the archive with it.
type both struct {
	io.ReadCloser
	archive io.Closer
}

func (b both) Close() error { return errors.Join(b.ReadCloser.Close(), b.archive.Close()) }

// archived tells whether a file is a ZIP archive.
func archived(file io.ReaderAt) bool {
	var begin [len(zipMagic)]byte
	n, _ := file.ReadAt(begin[:], 0)
	return n == len(begin) && string(begin[:]) == zipMagic
}

// only is what the only file of a ZIP archive holds. It is an error if there are several, or if the archive
// is something else, such as a spreadsheet.
func only(file io.ReaderAt, size int64) (io.ReadCloser, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, err
	}
	var one *zip.File
	for _, f := range archive.File {
		switch {
		case f.FileInfo().IsDir() || beside(f.Name):
		case f.Name == "[Content_Types].xml":
			return nil, errors.New("is a document of an office program, such as a spreadsheet: save it as CSV")
		case one != nil:
			return nil, fmt.Errorf("is an archive of several files, such as %q and %q: unpack it and give one", one.Name, f.Name)
		default:
			one = f
		}
	}
	if one == nil {
		return nil, errors.New("is an archive without a file")
	}
	return one.Open()
}
