//go:build race

package skein_test

import (
	"context"
	"runtime"

	"example.com/skein"
)

// Futures and Race are judged with the plants of race_test.go.
func init() {
	plants = append(plants, []plant{
		{"two who wait for one future", true, func() {
			var x int
			var g skein.Group
			var wrote, end unseen
			hold := make(chan bool)
			f := skein.Spawn(&g, func(context.Context) (int, error) { <-hold; return 1, nil })
			for _, write := range []func(){
				func() { x++; wrote.raise(); _, _ = f.Wait(context.Background()) },
				func() { wrote.await(); _, _ = f.Wait(context.Background()); x++; end.raise() },
			} {
				go write()
			}
			wrote.await()
			for range 1000 {
				runtime.Gosched() // till both wait
			}
			close(hold)
			end.await()
			_ = g.Wait()
		}},
		{"two functions of Race", true, func() {
			var x int
			var ended unseen
			_, _ = skein.Race(context.Background(),
				func(context.Context) (int, error) { defer ended.raise(); x++; return 1, errBoom },
				func(context.Context) (int, error) { ended.await(); x++; return 2, nil })
		}},

		{"a future's task and who waits for it", false, func() {
			x := 0
			var g skein.Group
			fast := skein.Spawn(&g, func(context.Context) (*int, error) { x++; return &x, nil })
			v, _ := fast.Wait(context.Background())
			*v++
			slow := skein.Spawn(&g, func(context.Context) (int, error) { runtime.Gosched(); x++; return 1, errBoom })
			<-slow.Done()
			x++
			_ = g.Wait()
		}},
		{"a future that is settled before anybody asks", false, func() {
			x := 0
			var g skein.Group
			f := skein.Spawn(&g, func(context.Context) (int, error) { x++; return 1, nil })
			for g.Len() > 0 {
				runtime.Gosched()
			}
			<-f.Done()
			x++
			_ = g.Wait()
		}},
		{"a future's panic and who is told", false, func() {
			defer func() { _ = recover() }()
			x := 0
			g := skein.New(context.Background())
			f := skein.Spawn(g, func(context.Context) (int, error) { x++; panic(&x) })
			_ = thrown(func() { _, _ = f.Wait(context.Background()) })
			x++
			_ = g.Wait()
		}},
		{"futures that are skipped and refused", false, func() {
			x := 0
			g := skein.New(context.Background(), skein.Limit(1))
			g.Go(func(context.Context) error { x++; return errBoom })
			for range 20 {
				_, _ = skein.Spawn(g, func(context.Context) (int, error) { x++; return 1, nil }).Wait(context.Background())
			}
			_ = g.Wait()
			x++
		}},
		{"functions of Race and what follows", false, func() {
			x := make([]int, 10)
			var fs []func(context.Context) (int, error)
			for i := range x {
				fs = append(fs, func(context.Context) (int, error) { x[i]++; return i, nil })
			}
			_, _ = skein.Race(context.Background(), fs...)
			for i := range x {
				x[i]++
			}
		}},
	}...)
}
