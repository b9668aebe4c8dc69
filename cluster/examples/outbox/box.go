package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// order is what the program is about, and mail what is to be done because of it.
type order struct {
	N    int    `json:"n"`
	Mail string `json:"mail"` // whom to tell
}

// box keeps the orders in a file, a line each. A line is written by one call and
// brought to the disk: an order and its mail are both there, or neither is. With
// a database it is a transaction over two tables.
type box struct{ dir string }

func (b box) orders() string { return filepath.Join(b.dir, "orders") }

// add is the transaction.
func (b box) add(o order) error {
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(b.orders(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// after gives the orders from number from, counted from 0, in order, at most n.
func (b box) after(from, n int) (all []order, err error) {
	f, err := os.Open(b.orders())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	for i := 0; len(all) < n; i++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break // the end, or a line that is just written
		}
		if i < from {
			continue
		}
		var o order
		if err := json.Unmarshal(line, &o); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// place is how far the relay is: the run that it is at, and the first order that
// no run before has.
type place struct {
	Run  int `json:"run"`
	From int `json:"from"`
}

func (b box) place() (p place, err error) {
	text, err := os.ReadFile(filepath.Join(b.dir, "place"))
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	return p, err
}

// move notes it, whole or not at all.
func (b box) move(p place) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(b.dir, "place-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing, once it is renamed
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(b.dir, "place"))
}
