// Package services has other services hold what a template asks of them: tables,
// queues and the like become one stack of a server that speaks the API of AWS
// CloudFormation, such as an emulator, and what they are called there is told.
//
// It promises that what is there already keeps what it holds, and that every
// wait ends. It removes nothing but a stack that could not be made.
package services
