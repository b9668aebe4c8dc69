// Command skein runs commands over inputs and accounts for each.
package main

func main() {}
