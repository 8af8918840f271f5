"""What differs between backends: the one room that names them.

`choice` chooses an installed backend before Keras is imported; the others
hold what Keras has no public function for, or a much slower one.
"""
