package main

import "os"

func Example_hello() {
	hello(os.Stdout)
	// Output:
	// Hello from a goroutine
	// Hello from main
}
