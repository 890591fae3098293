// Package robust fits positive parameters to measured times: bounded Levenberg–Marquardt on Huber's loss of
// ln(predicted/measured), with standard errors clustered by groups of samples.
package robust
