// Package router chooses the replica that each request goes to. Each router is a file of its own, and a line
// of the table in router.go. It sees how many requests replicas have outstanding, never what they do with
// them.
package router
