// Package document lays out results for people: titled sections of text, tables and figures, written as one
// self-contained HTML file, which needs no network and suits any width and either colour scheme, or as
// Markdown beside the figures' files.
package document
