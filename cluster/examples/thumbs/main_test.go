package main

import "testing"

func TestThumbs(t *testing.T) {
	if err := run(t.Context(), 100, ""); err != nil {
		t.Fatal(err)
	}
}
