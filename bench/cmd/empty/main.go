// Command empty does nothing: what a Go program's start costs.
package main

func main() {}
