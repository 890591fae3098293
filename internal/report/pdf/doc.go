// Package pdf draws a page of vectors and text as a PDF file. Text is text: it can be searched, selected and
// copied, in fonts of which the file holds the glyphs that it shows and no others.
//
// The layout of objects is ISO 32000-1, 7.5 and 9.7; that of fonts is the OpenType specification's.
package pdf
