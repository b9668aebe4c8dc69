package skein_test

import (
	"fmt"

	"example.com/skein"
)

func ExampleEach() {
	err := skein.Each(ctx, []string{"cat.jpg", "dog.jpg"}, thumbnail)
	fmt.Println("all have ended:", err)
	// Output: all have ended: <nil>
}

// All errors come back, in the order of the items.
func ExampleEach_keepGoing() {
	err := skein.Each(ctx, []string{"eel.txt", "cat.jpg", "eel.txt"}, thumbnail, skein.KeepGoing())
	fmt.Println(err)
	// Output:
	// item 0: eel.txt: not a picture
	// item 2: eel.txt: not a picture
}
