// Package browsertest has nothing but tests: those that open the page of
// package insight in a real browser, Chromium without a window. It is a module
// of its own, so that the library requires nothing.
package browsertest
