"""What a step is predicted from: changes, earlier repeats, recent notes, as rows of bytes."""
