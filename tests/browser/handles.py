"""What the tests take hold of in a player: its cells, its slider, the step that it shows."""

# Every cell that is drawn, by grid.
CELLS = """(mount) => Object.fromEntries([...mount.querySelectorAll("[data-grid]")].map((grid) => [grid.dataset.grid,
    [...grid.querySelectorAll("g[data-role]")].map((cell) => {
        const [text, note] = cell.querySelectorAll("text");
        const { row, column, role } = cell.dataset;
        return [+row, +column, text.textContent, role, note ? note.textContent : ""];
    })]))"""


def step_of(page):
    return int(page.locator(".convviz").first.get_attribute("data-step"))


def slider(page):
    return page.get_by_role("slider", name="Step")


def cell(page, grid, row, column):
    return page.locator(f'[data-grid="{grid}"] [data-row="{row}"][data-column="{column}"]')


def roles(page, grid):
    return {(row, column): role for row, column, _, role, _ in drawn(page)[grid]}


def drawn(page):
    return page.locator(".convviz").first.evaluate(CELLS)


def expected(scene):
    return {
        grid.name: [[cell.row, cell.column, cell.text, cell.role, cell.note] for cell in scene.cells(grid)]
        for grid in scene.stage.grids
    }


def go_to(page, position):
    slider(page).fill(str(position))
