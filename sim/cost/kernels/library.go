package kernels

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/sim/cost/calibration"
)

// SharedEngine names the calibration file of kernels that every engine shares, such as NCCL's.
const SharedEngine = "any"

// library is a folder of calibration files. Their paths tell what they hold, and each is opened when a law is
// looked for in it, once.
type library struct {
	books []*book
	err   error
}

// book is one calibration file.
type book struct {
	name                    string // its path
	device, engine, version string
	read                    func() (*pages, error)
}

// embedded is the library that the program was built with.
var embedded = sync.OnceValue(func() *library { return libraryOf(calibration.Files) })

// libraryOf lists the calibration files of a folder, in order of their paths.
func libraryOf(dir fs.FS) *library {
	names, err := fs.Glob(dir, "*/*.toml")
	if err == nil && len(names) == 0 {
		err = errors.New("calibration: no files DEVICE/ENGINE-VERSION.toml")
	}
	l := &library{err: err}
	for _, name := range names {
		device, file := path.Split(name)
		engine, version, _ := strings.Cut(strings.TrimSuffix(file, ".toml"), "-")
		l.books = append(l.books, &book{name: name, device: path.Clean(device), engine: engine, version: version,
			read: sync.OnceValues(func() (*pages, error) { return readPages(dir, name) })})
	}
	return l
}

// Engines lists those whose kernels the embedded calibration has, on any device.
func Engines() []string {
	var list []string
	for _, b := range embedded().books {
		if b.engine != SharedEngine && !slices.Contains(list, b.engine) {
			list = append(list, b.engine)
		}
	}
	slices.Sort(list)
	return list
}

// Versions lists those of an engine whose kernels were measured on a device or on its relative, the oldest
// first.
func Versions(d *hw.Device, engine string) []string {
	relative := relativeOf(d)
	var list []string
	for _, b := range embedded().books {
		if b.engine == engine && b.kindFor(d, relative, engine) <= Relative {
			list = append(list, b.version)
		}
	}
	slices.SortFunc(list, release.Compare)
	return list
}

// shelved is a file and how it relates to what was asked for.
type shelved struct {
	*book
	kind OriginKind
}

// nearest are the files in the order in which laws are looked for: by kind; of one kind the relative's before
// those of other devices, engines by name, and versions as Load says, the newest first of other engines.
func (l *library) nearest(d *hw.Device, engine, version string) ([]*shelved, error) {
	relative := relativeOf(d)
	asked := func(b *shelved) string {
		if b.engine != engine {
			return ""
		}
		return version
	}
	var files []*shelved
	for _, b := range l.books {
		files = append(files, &shelved{b, b.kindFor(d, relative, engine)})
	}
	slices.SortStableFunc(files, func(a, b *shelved) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), otherThan(relative.Name, a)-otherThan(relative.Name, b),
			strings.Compare(a.device, b.device), strings.Compare(a.engine, b.engine),
			nearer(a.version, b.version, asked(a)))
	})
	return files, l.err
}

func otherThan(device string, b *shelved) int {
	if b.device == device {
		return 0
	}
	return 1
}

// nearer is below 0 where version a comes before b for what is asked for.
func nearer(a, b, asked string) int {
	switch {
	case release.Compare(a, b) == 0:
		return 0
	case !release.Is(asked):
		return -release.Compare(a, b)
	case release.Nearer(a, b, asked):
		return -1
	default:
		return 1
	}
}

// relativeOf is the device that d is calibrated as; of no generation where there is none.
func relativeOf(d *hw.Device) *hw.Device {
	if relative, err := hw.Lookup(d.CalibratedAs); d.CalibratedAs != "" && err == nil {
		return relative
	}
	return &hw.Device{}
}

// kindFor tells how a file relates to a device and an engine.
func (b *book) kindFor(d, relative *hw.Device, engine string) OriginKind {
	ours := b.engine == engine || b.engine == SharedEngine
	near := b.device == relative.Name && relative.Generation == d.Generation
	switch {
	case b.device == d.Name && ours:
		return Measured
	case near && ours:
		return Relative
	case b.device == d.Name:
		return OtherEngine
	case near:
		return RelativeOtherEngine
	case ours:
		return OtherDevice
	default:
		return OtherDeviceAndEngine
	}
}
