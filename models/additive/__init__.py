"""The additive model: free partials and filtered noise, fitted by gradient descent."""
