// Package order says how the requests stand that wait for a scheduler: who is at the head, where it looks
// first. Each order is a file of its own, and a line of the table in order.go. It sees what a request says of
// itself when it comes, never the clock or what runs.
package order
