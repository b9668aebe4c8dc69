// Package skein is a structured-concurrency toolkit.
package skein
