package doctor_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"example.com/skein/cluster"
	"example.com/skein/cluster/doctor"
	"example.com/skein/cluster/embed"
)

// What a server promises, and what that means: skein doctor prints it all.
func ExampleExamine() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "skein-example-")
	defer os.RemoveAll(dir)
	c, err := embed.Open(ctx, dir, embed.Listen("127.0.0.1:0"), embed.Fast())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	key, err := cluster.ReadKey(filepath.Join(dir, "owner.key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	nc, err := cluster.Dial("", cluster.WithKey(key))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nc.Close()

	all, err := doctor.Examine(ctx, nc, doctor.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range all {
		if f.Level == doctor.Broken {
			fmt.Printf("%s: %s\n", f.What, f.Found)
		}
	}
	fmt.Println("sick:", doctor.Sick(all))
	// Output:
	// sync: every 2m0s
	// sick: true
}
