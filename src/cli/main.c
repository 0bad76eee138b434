/* main.c -- the command line: finds the sub-command and calls it. */
int main(void)
{
    return 2;
}
