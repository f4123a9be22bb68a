# What nbgrader (0.9) must know of the course's notebooks. To let it make the students' copy, put this
# file into the course's folder and the notebook into source/<assignment>/, and there call
#   nbgrader generate_assignment <assignment>
# `deno task template` makes the same copy without nbgrader; a test compares the two.

c = get_config()  # noqa: F821 -- Jupyter's loader of config files defines it

# A student's notebook runs from top to bottom, so the stub must not throw.
c.ClearSolutions.code_stub = {"typescript": "// YOUR CODE HERE"}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"
