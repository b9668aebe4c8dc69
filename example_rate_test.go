package skein_test

import (
	"fmt"
	"time"

	"example.com/skein"
)

// A gallery takes a hundred pictures in a second, and no more than two at once.
func ExampleRate() {
	start := time.Now()
	g := skein.New(ctx, skein.Rate(100, time.Second, 2))
	for range 5 {
		g.Go(shrink("cat.jpg"))
	}
	fmt.Println(g.Wait(), time.Since(start) >= 30*time.Millisecond) // two, and then three every 10 ms
	// Output: <nil> true
}
