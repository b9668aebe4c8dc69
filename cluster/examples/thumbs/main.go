// Command thumbs makes a thousand small pictures of large ones, as tasks of a
// cluster that is in this program: its server opens no port, and ends with it.
// With a server's address several of it share the work:
//
//	go run ./cluster/examples/thumbs
//	go run ./cluster/examples/thumbs -n 5000 -url nats://127.0.0.1:4222
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// picture is what a task is given. The picture is drawn: a program of one's own
// would have its address here.
type picture struct {
	Name string `json:"name"`
	Hue  uint8  `json:"hue"`
}

// small is what it gives.
type small struct {
	Name string `json:"name"`
	PNG  []byte `json:"png"`
}

// thumb is the type's name on the wire, which stays the same.
var thumb = cluster.Define[picture, small]("thumb", cluster.Attempts(3), cluster.Timeout(10*time.Second))

func main() {
	n := flag.Int("n", 1000, "how many pictures")
	url := flag.String("url", "", "a NATS server with JetStream; none: one in this program")
	flag.Parse()
	skein.Main(func(ctx context.Context) error { return run(ctx, *n, *url) })
}

func run(ctx context.Context, n int, url string) error {
	c, err := open(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close()
	thumb.Handle(c, shrink)
	return skein.Run(ctx, func(g *skein.Group) error {
		working, enough := context.WithCancel(g.Context())
		defer enough()
		g.GoNamed("work", func(context.Context) error { return c.Work(working, 4) })

		run, err := c.Run(ctx, fmt.Sprint("thumbs-", time.Now().UnixMilli()))
		if err != nil {
			return err
		}
		began := time.Now()
		if _, err := thumb.SubmitAll(ctx, run, pictures(n)); err != nil {
			return err
		}
		if err := run.Wait(ctx); err != nil {
			return err // a *cluster.RunError says which did not succeed, and why
		}
		count, bytes := 0, 0
		for s, err := range thumb.Results(ctx, run) {
			if err != nil {
				return err
			}
			count++
			bytes += len(s.PNG)
		}
		fmt.Printf("%d thumbnails, %d KB, in %v\n", count, bytes>>10, time.Since(began).Round(time.Millisecond))
		return run.Delete(ctx)
	})
}

// open gives a cluster. What follows is the same for both.
func open(ctx context.Context, url string) (*cluster.Client, error) {
	if url != "" {
		return cluster.Open(ctx, url)
	}
	dir, err := os.MkdirTemp("", "skein-thumbs-")
	if err != nil {
		return nil, err
	}
	return embed.Open(ctx, dir, embed.Client(cluster.OnClose(func() { os.RemoveAll(dir) })))
}

func pictures(n int) func(yield func(picture) bool) {
	return func(yield func(picture) bool) {
		for i := range n {
			if !yield(picture{fmt.Sprintf("picture-%04d", i), uint8(i)}) {
				return
			}
		}
	}
}

// shrink draws the picture, and makes it a sixteenth as large.
func shrink(_ context.Context, p picture) (small, error) {
	const side, factor = 256, 16
	large := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			large.Set(x, y, color.RGBA{p.Hue, uint8(x), uint8(y), 255})
		}
	}
	tiny := image.NewRGBA(image.Rect(0, 0, side/factor, side/factor))
	for y := range side / factor {
		for x := range side / factor {
			tiny.Set(x, y, large.At(x*factor, y*factor))
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, tiny)
	return small{p.Name, b.Bytes()}, err
}
