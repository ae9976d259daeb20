// Package tools pins the Go programs that the local cloud and the checks run. It has no code of its own:
// the `tool` lines of go.mod name the programs, go.sum their content. Raise one with `go get -tool PACKAGE@VERSION`
// and `go mod tidy`, in this folder.
package tools
