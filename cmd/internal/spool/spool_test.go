package spool

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

func read(t *testing.T, x *Text) string {
	t.Helper()
	var b strings.Builder
	n, err := x.WriteTo(&b)
	if err != nil || n != x.Len() {
		t.Fatalf("WriteTo = %d, %v; Len %d", n, err, x.Len())
	}
	return b.String()
}

// TestModel lets texts of all sizes come and go beside byte slices that must
// be equal to them.
func TestModel(t *testing.T) {
	for _, memory := range []int64{0, 200 << 10, 1 << 30} {
		t.Run(fmt.Sprint("memory=", memory), func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			r := rand.New(rand.NewPCG(seed, 0))
			s := New(t.TempDir(), memory)
			type pair struct {
				text *Text
				want []byte
			}
			var all []*pair
			for range 3000 {
				switch k := r.IntN(10); {
				case k < 2 || len(all) == 0:
					all = append(all, &pair{text: s.Text()})
				case k < 4:
					p := all[r.IntN(len(all))]
					if space := p.text.Space(); len(space) > 0 {
						n := 1 + r.IntN(len(space))
						copy(space, bytes.Repeat([]byte{byte('A' + r.IntN(26))}, n))
						p.want = append(p.want, space[:n]...)
						p.text.Wrote(n)
					}
				case k < 8:
					p := all[r.IntN(len(all))]
					b := bytes.Repeat([]byte{byte('a' + r.IntN(26))}, 1+r.IntN(1<<(1+r.IntN(18))))
					if n, err := p.text.Append(b); err != nil || n != len(b) {
						t.Fatalf("Append = %d, %v", n, err)
					}
					p.want = append(p.want, b...)
				case k < 9:
					if err := all[r.IntN(len(all))].text.Keep(); err != nil {
						t.Fatal(err)
					}
				default:
					i := r.IntN(len(all))
					p := all[i]
					if got := read(t, p.text); got != string(p.want) {
						t.Fatalf("text of %d bytes differs", len(p.want))
					}
					n := r.IntN(3000)
					end, err := p.text.Tail(n)
					if err != nil || !bytes.HasSuffix(p.want, end) || len(end) > n {
						t.Fatalf("Tail(%d) of %d bytes: %d bytes, %v", n, len(p.want), len(end), err)
					}
					p.text.Free()
					all = append(all[:i], all[i+1:]...)
				}
			}
			for _, p := range all {
				if got := read(t, p.text); got != string(p.want) {
					t.Fatalf("text of %d bytes differs", len(p.want))
				}
				p.text.Free()
			}
			if held := s.held.Load(); held != 0 || s.live > 1 {
				t.Errorf("%d bytes and %d blocks are held by nobody", held, s.live)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSpool(t *testing.T) {
	t.Run("the file has no name", func(t *testing.T) {
		dir := t.TempDir()
		s := New(dir, 0)
		defer s.Close()
		s.Text().Append(make([]byte, 3*blockSize))
		if s.file == nil {
			t.Fatal("there is no file")
		}
		if names, err := os.ReadDir(dir); len(names) > 0 || err != nil {
			t.Errorf("%v, %v", names, err)
		}
	})
	t.Run("blocks are used again", func(t *testing.T) {
		s := New(t.TempDir(), 0)
		defer s.Close()
		for range 100 {
			x := s.Text()
			x.Append(make([]byte, 10*blockSize))
			x.Free()
		}
		if s.end > 10*blockSize {
			t.Errorf("the file grew to %d bytes", s.end)
		}
	})
	t.Run("a folder that is not there is an error and loses nothing", func(t *testing.T) {
		s := New(t.TempDir()+"/no", 0)
		x := s.Text()
		n, err := x.Append(make([]byte, 2*blockSize))
		if err == nil || errors.Is(err, ErrFull) || n != blockSize {
			t.Errorf("Append = %d, %v", n, err)
		}
		if x.Len() != int64(n) || len(read(t, x)) != n {
			t.Errorf("%d bytes", x.Len())
		}
	})
	t.Run("room comes back when a text is freed", func(t *testing.T) {
		s := New(t.TempDir(), 0)
		defer s.Close()
		x := s.Text()
		x.Append(make([]byte, 2*blockSize))
		room := s.Room()
		select {
		case <-room:
			t.Fatal("too early")
		default:
		}
		x.Free()
		<-room
	})
	t.Run("a full disk is helped out by memory, then it is ErrFull, and that is no room", func(t *testing.T) {
		s := New(t.TempDir(), 4*blockSize)
		full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.file = full
		defer s.Close()
		x, y := s.Text(), s.Text()
		room := s.Room()
		want := strings.Repeat("0123456789abcdef", blockSize)
		n, err := x.Append([]byte(want))
		if !errors.Is(err, ErrFull) || n != 7*blockSize {
			t.Errorf("Append = %d, %v", n, err)
		}
		if n, err := y.Append(make([]byte, blockSize+1)); !errors.Is(err, ErrFull) || n != blockSize {
			t.Errorf("Append = %d, %v", n, err)
		}
		select {
		case <-room:
			t.Error("a failure woke those who wait for room")
		default:
		}
		if read(t, x) != want[:n] {
			t.Error("x is not what was added")
		}
		x.Free()
		<-room
		if n, err := y.Append([]byte("z")); err != nil || n != 1 {
			t.Errorf("Append = %d, %v", n, err)
		}
	})
}
