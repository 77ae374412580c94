// Package journal keeps the last lines that functions have logged, START, END and REPORT
// among them, counts their invocations, and shows new lines to those who follow.
//
// It promises that a function's lines are bounded in number and bytes, oldest out, so that
// one which prints much takes nothing from another; that lines have one order across
// functions; that whoever logs never waits for whoever reads; and that secrets of a
// function's environment are in no line that it gives away.
//
// It refuses to keep anything beyond the process, or what a function was called with.
package journal
