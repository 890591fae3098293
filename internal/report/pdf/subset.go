package pdf

import (
	"encoding/binary"
	"errors"
	"slices"

	"golang.org/x/image/font/sfnt"
)

// tables are what a TrueType font in a PDF file needs (ISO 32000-1, 9.9), in the order of their tags.
var tables = []string{"cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"}

// errNoTrueType says that a font's glyphs are not where TrueType has them.
var errNoTrueType = errors.New("pdf: no TrueType font")

// subset is a font with some glyphs of another, under the numbers that they have there; all others are empty.
func subset(source []byte, shown []sfnt.GlyphIndex) ([]byte, error) {
	parts, err := directory(source)
	if err != nil {
		return nil, err
	}
	starts, err := locations(parts)
	if err != nil {
		return nil, err
	}
	kept := withParts(parts["glyf"], starts, shown)
	glyphs, places := []byte{}, []byte{}
	for i := range len(starts) - 1 {
		places = binary.BigEndian.AppendUint32(places, uint32(len(glyphs)))
		if kept[sfnt.GlyphIndex(i)] {
			glyphs = padded(append(glyphs, parts["glyf"][starts[i]:starts[i+1]]...))
		}
	}
	parts["glyf"], parts["loca"] = glyphs, binary.BigEndian.AppendUint32(places, uint32(len(glyphs)))
	head := slices.Clone(parts["head"])
	binary.BigEndian.PutUint16(head[50:], 1) // locations of four bytes
	parts["head"] = head
	return assembled(parts), nil
}

// directory finds a font's tables.
func directory(source []byte) (map[string][]byte, error) {
	if len(source) < 12 {
		return nil, errNoTrueType
	}
	parts := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(source[4:])) {
		if len(source) < 12+16*(i+1) {
			return nil, errNoTrueType
		}
		entry := source[12+16*i:]
		start, size := int(binary.BigEndian.Uint32(entry[8:])), int(binary.BigEndian.Uint32(entry[12:]))
		if start+size > len(source) {
			return nil, errNoTrueType
		}
		parts[string(entry[:4])] = source[start : start+size]
	}
	return parts, nil
}

// locations are where the glyphs begin, and where the last one ends.
func locations(parts map[string][]byte) ([]int, error) {
	if len(parts["head"]) < 54 || len(parts["glyf"]) == 0 {
		return nil, errNoTrueType
	}
	loca := parts["loca"]
	var starts []int
	if binary.BigEndian.Uint16(parts["head"][50:]) == 0 {
		for ; len(loca) >= 2; loca = loca[2:] {
			starts = append(starts, 2*int(binary.BigEndian.Uint16(loca)))
		}
	} else {
		for ; len(loca) >= 4; loca = loca[4:] {
			starts = append(starts, int(binary.BigEndian.Uint32(loca)))
		}
	}
	if len(starts) == 0 || !slices.IsSorted(starts) || starts[len(starts)-1] > len(parts["glyf"]) {
		return nil, errNoTrueType
	}
	return starts, nil
}

// Flags of a part of a composite glyph (OpenType, glyf).
const (
	wordArguments = 0x0001
	oneScale      = 0x0008
	moreParts     = 0x0020
	twoScales     = 0x0040
	fourScales    = 0x0080
)

// withParts are some glyphs, the one for what is missing, and all that they are composed of.
func withParts(glyf []byte, starts []int, shown []sfnt.GlyphIndex) map[sfnt.GlyphIndex]bool {
	kept := map[sfnt.GlyphIndex]bool{}
	open := append([]sfnt.GlyphIndex{0}, shown...)
	for len(open) > 0 {
		glyph := open[len(open)-1]
		open = open[:len(open)-1]
		if kept[glyph] || int(glyph) >= len(starts)-1 {
			continue
		}
		kept[glyph] = true
		open = append(open, composition(glyf[starts[glyph]:starts[glyph+1]])...)
	}
	return kept
}

// composition are the glyphs that a glyph is composed of; none of a simple one.
func composition(glyph []byte) []sfnt.GlyphIndex {
	const header = 10
	if len(glyph) < header || int16(binary.BigEndian.Uint16(glyph)) >= 0 {
		return nil
	}
	var list []sfnt.GlyphIndex
	for rest := glyph[header:]; len(rest) >= 4; {
		flags := binary.BigEndian.Uint16(rest)
		list = append(list, sfnt.GlyphIndex(binary.BigEndian.Uint16(rest[2:])))
		size := 6
		for flag, bytes := range map[uint16]int{wordArguments: 2, oneScale: 2, twoScales: 4, fourScales: 8} {
			if flags&flag != 0 {
				size += bytes
			}
		}
		if flags&moreParts == 0 || size > len(rest) {
			break
		}
		rest = rest[size:]
	}
	return list
}

// padded fills a table up to whole words.
func padded(table []byte) []byte {
	for len(table)%4 != 0 {
		table = append(table, 0)
	}
	return table
}

// assembled is a font of the tables that PDF needs.
func assembled(parts map[string][]byte) []byte {
	var present []string
	for _, tag := range tables {
		if len(parts[tag]) > 0 {
			present = append(present, tag)
		}
	}
	font := []byte{0, 1, 0, 0}
	range2, power := 16, 0 // the largest power of two below the number of tables, as bytes, and its exponent
	for ; range2*2 <= 16*len(present); power++ {
		range2 *= 2
	}
	for _, v := range []int{len(present), range2, power, 16*len(present) - range2} {
		font = binary.BigEndian.AppendUint16(font, uint16(v))
	}
	var body []byte
	start := 12 + 16*len(present)
	for _, tag := range present {
		table := parts[tag]
		font = append(font, tag...)
		for _, v := range []uint32{checksum(table), uint32(start + len(body)), uint32(len(table))} {
			font = binary.BigEndian.AppendUint32(font, v)
		}
		body = padded(append(body, table...))
	}
	return append(font, body...)
}

// checksum is the sum of a table's words.
func checksum(table []byte) uint32 {
	var sum uint32
	for word := range slices.Chunk(padded(slices.Clone(table)), 4) {
		sum += binary.BigEndian.Uint32(word)
	}
	return sum
}
