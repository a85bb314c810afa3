"""What `import starling` offers to scripts: the commands' work as functions, values in and out."""
