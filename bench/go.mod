module example.com/skein/bench

go 1.26.0

require (
	example.com/skein v0.0.0
	github.com/alitto/pond/v2 v2.7.1
	github.com/creack/pty v1.1.24
	github.com/destel/rill v0.8.0
	github.com/gammazero/workerpool v1.3.0
	github.com/panjf2000/ants/v2 v2.12.1
	github.com/sourcegraph/conc v0.3.0
	golang.org/x/sync v0.24.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/gammazero/deque v1.2.2 // indirect
	go.uber.org/atomic v1.7.0 // indirect
	go.uber.org/multierr v1.9.0 // indirect
)
